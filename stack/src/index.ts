export * from './local/index.ts'
export * from './sample/index.ts'
