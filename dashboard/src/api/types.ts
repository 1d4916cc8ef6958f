/* The schemas of proto/api.yaml by the names the code uses. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Problem = Schemas['Problem'];
export type Instance = Schemas['Instance'];
export type Me = Schemas['Me'];
export type GuildCard = Schemas['GuildCard'];
export type Guild = Schemas['Guild'];
export type Range = Schemas['Range'];
export type Figure = Schemas['Figure'];
export type FigureKey = Figure['key'];
export type Overview = Schemas['Overview'];
export type Series = Schemas['Series'];
export type Timeseries = Schemas['Timeseries'];
export type Bucket = Timeseries['bucket'];
export type TopChannels = Schemas['TopChannels'];
export type TopChannel = TopChannels['channels'][number];
export type TopMembers = Schemas['TopMembers'];
export type TopMember = TopMembers['members'][number];
export type Heatmap = Schemas['Heatmap'];
export type Live = Schemas['Live'];
export type Growth = Schemas['Growth'];
export type Activation = Schemas['Activation'];
export type Retention = Schemas['Retention'];
export type Lifecycle = Schemas['Lifecycle'];
export type Stickiness = Schemas['Stickiness'];
export type Total = Schemas['Total'];
export type Sampled = Schemas['Sampled'];
export type History = Schemas['History'];
export type HistoryChannel = History['channels'][number];
export type HistoryWish = Schemas['HistoryWish'];
export type Joined = Schemas['Joined'];
export type Fleet = Schemas['Fleet'];
export type Shard = Schemas['Shard'];
export type Replica = Schemas['Replica'];
