#!/usr/bin/env node
require('@blacksmith/load-typescript')(__filename)('../src/main').main(process.argv)
