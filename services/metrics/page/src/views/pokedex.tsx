import type { PokemonPage } from '../contract.ts'
import { hrefOf, route, setParams } from '../state/route.ts'
import { useResource } from '../state/use-resource.ts'
import { ViewFrame } from '../ui/section.tsx'
import { Empty, Loaded } from '../ui/states.tsx'

const PAGE = 24
const EVERY_MS = 15_000
/** The highest base stat there is. */
const MOST = 255

type Pokemon = PokemonPage['pokemon'][number]

const STATS: readonly (readonly [string, string])[] = [
  ['hp', 'HP'],
  ['attack', 'Attack'],
  ['defense', 'Defense'],
  ['special-attack', 'Sp. atk'],
  ['special-defense', 'Sp. def'],
  ['speed', 'Speed'],
]

const sizeOf = ({ height, weight }: Pokemon): string =>
  [
    ...(height === null ? [] : [`${(height / 10).toFixed(1)} m`]),
    ...(weight === null ? [] : [`${(weight / 10).toFixed(1)} kg`]),
  ].join(' · ')

const Card = ({ pokemon }: { pokemon: Pokemon }) => {
  const { id, name, types, stats, sprite } = pokemon
  return (
    <li class="pokemon">
      <div class="pokemon-image">
        {sprite ? (
          <img src={sprite} alt={`Sprite of ${name}`} width="96" height="96" loading="lazy" />
        ) : (
          <span class="muted small">no sprite yet</span>
        )}
      </div>
      <h3>
        <a href={hrefOf('explain', null, { path: `pokemon/${id}` })} data-row>
          {name}
        </a>{' '}
        <span class="muted small">#{String(id).padStart(4, '0')}</span>
      </h3>
      <p class="types">
        {types.map((type) => (
          <span class="type" data-type={type} key={type}>
            {type}
          </span>
        ))}
        <span class="muted small">{sizeOf(pokemon)}</span>
      </p>
      <dl class="stats">
        {STATS.map(([stat, label]) => (
          <div key={stat}>
            <dt>{label}</dt>
            <dd>
              {stats[stat] ?? '–'}
              <span class="stat-bar" aria-hidden="true">
                <span style={{ width: `${(100 * (stats[stat] ?? 0)) / MOST}%` }} />
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </li>
  )
}

/** The `after` of the pages before this one, so that there is a way back. */
const earlierIn = (text: string | undefined): string[] => (text ? text.split('.') : [])

/** What the pipeline is for: the Pokémon that are stored, from the copy's own rows and files. */
export const PokedexView = () => {
  const { after = '0', earlier } = route.value.params
  const page = useResource<PokemonPage>(`/v1/pokemon?${new URLSearchParams({ after, limit: String(PAGE) })}`, EVERY_MS)
  const past = earlierIn(earlier)
  const next = page.data?.next ?? null
  return (
    <ViewFrame title="Pokédex" lead="The stored Pokémon, from this copy's own rows and files.">
      <Loaded what="The Pokémon" from={page} rows={10}>
        {({ pokemon }) =>
          pokemon.length === 0 ? (
            <Empty>
              {after === '0' ? 'No Pokémon is stored yet. ' : 'No more Pokémon. '}
              <a href={hrefOf('seed', null, { types: 'pokemon' })}>Seed pokemon</a> to fetch some.
            </Empty>
          ) : (
            <ul class="pokedex" aria-label="Stored Pokémon">
              {pokemon.map((one) => (
                <Card pokemon={one} key={one.id} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <div class="actions">
        <button
          type="button"
          disabled={past.length === 0}
          onClick={() => setParams({ after: past.at(-1), earlier: past.slice(0, -1).join('.') })}
        >
          Previous page
        </button>
        <button
          type="button"
          disabled={next === null}
          onClick={() => setParams({ after: String(next), earlier: [...past, after].join('.') })}
        >
          Next page
        </button>
      </div>
    </ViewFrame>
  )
}
