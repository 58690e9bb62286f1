import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { page, repository } from './pages'
import { variablesPage, withTables } from './variables'

writeFileSync(join(repository, variablesPage), withTables(page(variablesPage)))
