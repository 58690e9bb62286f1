// The entry of every executor.
module.exports = require('@blacksmith/load-typescript')(__filename)('./src/executors/run-task')
