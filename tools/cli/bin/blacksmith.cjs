#!/usr/bin/env node
require('jiti').createJiti(__filename)('../src/main.ts').main(process.argv)
