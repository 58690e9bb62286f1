import { pack } from './packages'

const [into = 'tmp/packages'] = process.argv.slice(2)
for (const tarball of pack(into)) console.log(tarball)
