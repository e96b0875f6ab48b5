import type { Router } from 'express'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

// The types of express 5 do not have the layer's own matching.
const matches = (layer: object, path: string): boolean =>
  'match' in layer && typeof layer.match === 'function' && Boolean(layer.match(path))

/** The methods that the router has a route for at this path; empty where it has none. Routers in it are not looked into. */
export const allowedMethods = (router: Router, path: string): string[] => {
  const methods = new Set<string>()
  for (const layer of router.stack) {
    if (!layer.route || !matches(layer, path)) continue
    for (const handler of layer.route.stack) if (handler.method) methods.add(handler.method.toUpperCase())
  }
  if (methods.has('GET')) methods.add('HEAD')
  return METHODS.filter((method) => methods.has(method))
}
