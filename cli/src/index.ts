export { readStackJson, SERVICE_NAMES, type ServiceName, type StackJson, stackJsonSchema } from './stack-json.ts'
export { type Deployment, type DeploymentOptions, startDeployment } from './up/deployment.ts'
export { serviceEnvironment } from './up/environment.ts'
export type { UpstreamChoice } from './up/upstream.ts'
