export { type Dashboard, startDashboard } from './server/start-dashboard'
