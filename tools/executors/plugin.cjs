// What Nx loads on every command. jiti compiles the TypeScript once and keeps it, which is several times as
// quick as the compilers that Nx would register.
module.exports = require('jiti').createJiti(__filename)('./src/plugin.ts')
