export type { ComponentName, Progress, S3Address, StackAddresses } from './component.ts'
export { freePort } from './free-port.ts'
export {
  KAFKA_TOOLS,
  type KafkaToolName,
  type KafkaToolOptions,
  type KafkaToolResult,
  runKafkaTool,
} from './kafka-tool.ts'
export { type LocalStack, startLocalStack } from './local-stack.ts'
export { type LocalStackOptions, S3_SERVERS, type S3Server, STACK_PORTS, type StackPort } from './options.ts'
export { choosePorts } from './ports.ts'
export { checkPrerequisites, nodePrerequisite, type Prerequisite, prerequisites } from './prerequisites.ts'
export { identityOf, isRunning, type ProcessIdentity, processIdentity } from './processes.ts'
export type { Secured } from './secured.ts'
