/** The local page of live and past runs. Import it as `@blacksmith/report/dashboard`. */
export { type Dashboard, startDashboard } from './src/dashboard/server/start-dashboard'
