export { cnn } from '../../torch/cnn/schema'
