// What Nx loads on every command.
module.exports = require('@blacksmith/config/load-typescript.cjs')(__filename)('./src/plugin.ts')
