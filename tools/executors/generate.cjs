// The entry of the generators.
const load = require('@blacksmith/load-typescript')(__filename)
exports.init = (...args) => load('./src/generators/init/generator').default(...args)
exports.experiment = (...args) => load('./src/generators/experiment/generator').default(...args)
exports.dataset = (...args) => load('./src/generators/dataset/generator').default(...args)
exports.model = (...args) => load('./src/generators/model/generator').default(...args)
