// What Nx loads on every command.
module.exports = require('@blacksmith/load-typescript')(__filename)('./src/plugin')
