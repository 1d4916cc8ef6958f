/* Shaping of the two lists. */
import type { TFunction } from 'i18next';
import type { TopChannel, TopChannels, TopMember, TopMembers } from '@/api/types';
import type { Measure } from '@/lib/view';
import type { Table } from '@/lib/table';

/** Discord channel types, as far as they can hold messages. */
export type ChannelLook = 'text' | 'voice' | 'news' | 'stage' | 'thread' | 'forum';

const LOOKS: Record<number, ChannelLook> = {
	0: 'text',
	2: 'voice',
	5: 'news',
	10: 'thread',
	11: 'thread',
	12: 'thread',
	13: 'stage',
	15: 'forum',
	16: 'forum',
};

export const channelLook = (kind: number): ChannelLook => LOOKS[kind] ?? 'text';

export const measureOf = (member: TopMember, by: Measure) =>
	by === 'voice' ? member.voice_ms : member.messages;

/** Bar length against the first of the list, 0 … 1. */
export const barShare = (value: number, top: number) => (top > 0 ? value / top : 0);

export function channelName(channel: TopChannel, t: TFunction): string {
	return channel.name || t('top.hidden_channel');
}

export function channelsTable({ channels }: TopChannels, t: TFunction): Table {
	return {
		columns: [
			{ key: 'id', title: 'ID' },
			{ key: 'channel', title: t('top.channel') },
			{ key: 'messages', title: t('series.messages'), isNumber: true },
			{ key: 'members', title: t('top.writers'), isNumber: true },
			{ key: 'previous_messages', title: t('export.previous'), isNumber: true },
		],
		rows: channels.map((channel) => [
			channel.id,
			channelName(channel, t),
			channel.messages,
			channel.members,
			channel.previous_messages,
		]),
	};
}

export function membersTable({ members }: TopMembers, t: TFunction): Table {
	return {
		columns: [
			{ key: 'id', title: 'ID' },
			{ key: 'member', title: t('top.member') },
			{ key: 'messages', title: t('series.messages'), isNumber: true },
			{ key: 'replies', title: t('top.replies'), isNumber: true },
			{ key: 'reactions_given', title: t('top.reactions_given'), isNumber: true },
			{ key: 'voice_minutes', title: t('top.voice_minutes'), isNumber: true },
			{ key: 'previous_messages', title: t('export.previous'), isNumber: true },
		],
		rows: members.map((member) => [
			member.id,
			member.name,
			member.messages,
			member.replies,
			member.reactions_given,
			Math.round(member.voice_ms / 60_000),
			member.previous_messages,
		]),
	};
}
