type ReportPage = typeof import('@blacksmith/report/write-report')

/**
 * What writes a run's page, loaded at the first call. A run calls it while its trainer works: loading takes longer than
 * the writing, and before or after the training somebody would wait for it.
 */
export function reportPage(): ReportPage {
  return require('@blacksmith/report/write-report') as ReportPage
}
