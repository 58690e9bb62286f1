// The entry of every executor; see plugin.cjs for why it is not TypeScript itself.
module.exports = require('jiti').createJiti(__filename)('./src/executors/run-task.ts')
