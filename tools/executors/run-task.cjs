// The entry of every executor.
module.exports = require('@blacksmith/config/load-typescript.cjs')(__filename)('./src/executors/run-task.ts')
