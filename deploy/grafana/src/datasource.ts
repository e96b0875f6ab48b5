/** The data source that a person chooses on the dashboard. */
export const datasource = { type: 'prometheus', uid: '$datasource' }
