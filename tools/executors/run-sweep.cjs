// The entry of the executor of sweeps.
module.exports = require('@blacksmith/load-typescript')(__filename)('./src/executors/run-sweep')
