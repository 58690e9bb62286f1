// The entry of the generators; see plugin.cjs for why it is not TypeScript itself.
const load = require('jiti').createJiti(__filename)
exports.experiment = (...args) => load('./src/generators/experiment/generator.ts').default(...args)
exports.dataset = (...args) => load('./src/generators/dataset/generator.ts').default(...args)
exports.model = (...args) => load('./src/generators/model/generator.ts').default(...args)
