#!/usr/bin/env node
require('@blacksmith/load-typescript')(__filename)('../src/main.ts').main(process.argv)
