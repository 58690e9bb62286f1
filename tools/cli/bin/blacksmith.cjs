#!/usr/bin/env node
require('@blacksmith/config/load-typescript.cjs')(__filename)('../src/main.ts').main(process.argv)
