import { UserError } from '@blacksmith/config'
import { NativeBuildMissing, refusalCode } from '@blacksmith/native'

/** What the core refuses with a remedy becomes an error for people; anything else stays a bug. */
export async function asUserError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isRefusal(error)) throw new UserError({ message: error.message, remedy: error.remedy })
    if (error instanceof NativeBuildMissing) throw new UserError({ message: error.message })
    throw error
  }
}

function isRefusal(error: unknown): error is Error & { remedy: string } {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === refusalCode
}
