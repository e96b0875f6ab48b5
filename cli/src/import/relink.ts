/** What links of an imported document lead to. */
export interface LinkRoots {
  /** API root of the upstream that later syncs ask; ends with a slash. */
  readonly apiRoot: string
  /** What takes the place of `https://raw.githubusercontent.com/`, where the upstream serves the media itself. */
  readonly mediaRoot?: string | undefined
}

// A quote that no backslash stands before and that a link follows begins a string. ditto's output has another host.
const API_LINK = /(?<!\\)"(?:https?:\/\/[^"\\/]+)?\/api\/v2\//g
const MEDIA_LINK = /(?<!\\)"https:\/\/raw\.githubusercontent\.com\//g

/** The JSON text that the upstream would send for a document of api-data, whose links are relative to the host. */
export const relinked = (text: string, { apiRoot, mediaRoot }: LinkRoots): string => {
  const linked = text.replace(API_LINK, () => `"${apiRoot}`)
  return mediaRoot === undefined ? linked : linked.replace(MEDIA_LINK, () => `"${mediaRoot}`)
}
