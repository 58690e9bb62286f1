// The entry of the generators.
const load = require('@blacksmith/load-typescript')(__filename)
exports.experiment = (...args) => load('./src/generators/experiment/generator.ts').default(...args)
exports.dataset = (...args) => load('./src/generators/dataset/generator.ts').default(...args)
exports.model = (...args) => load('./src/generators/model/generator.ts').default(...args)
