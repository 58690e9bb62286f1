/** A run's records as they are read for people. Import it as `@blacksmith/report/series`. */
export { deviceText, provenance } from './src/run/provenance'
export { type MetricCurves, MetricsReader } from './src/series/read-metrics'
export { TelemetryReader } from './src/series/read-telemetry'
