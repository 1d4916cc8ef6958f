/* What of the inbox is shown; all of it stands in the address. */
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'wouter';
import type { Inbox } from '@/api/types';
import { Segments } from '@/components/segments';
import { channelsOf, type Wish } from './inbox-model';

const KINDS = ['mention', 'keyword', 'forum', 'command', 'menu'] as const;
const PRIORITIES = ['4', '3', '2', '1'] as const;
const SHOWN = ['', 'overdue', 'at_risk', 'mine', 'old', 'snoozed'] as const;

export function useWish(): [Wish, (change: Partial<Wish>) => void] {
	const [search, setSearch] = useSearchParams();
	const wish: Wish = {
		guild: search.get('guild') ?? '',
		channel: search.get('channel') ?? '',
		priority: search.get('priority') ?? '',
		kind: search.get('kind') ?? '',
		stage: search.get('stage') ?? '',
	};
	const change = (changed: Partial<Wish>) =>
		setSearch(
			(now) => {
				const next = new URLSearchParams(now);
				for (const [name, value] of Object.entries(changed))
					if (value) next.set(name, value);
					else next.delete(name);
				return next;
			},
			{ replace: true },
		);
	return [wish, change];
}

interface PickProps {
	label: string;
	value: string;
	options: { id: string; name: string }[];
	onPick: (id: string) => void;
}

/* Nothing to choose from: nothing to see. */
function Pick({ label, value, options, onPick }: PickProps) {
	const { t } = useTranslation();
	if (options.length < 2 && !value) return null;
	return (
		<select
			className="form-control"
			aria-label={label}
			value={value}
			onChange={(event) => onPick(event.target.value)}
		>
			<option value="">{t('inbox.filter.any', { what: label })}</option>
			{options.map((option) => (
				<option key={option.id} value={option.id}>
					{option.name}
				</option>
			))}
		</select>
	);
}

interface FiltersProps {
	inbox: Inbox;
	wish: Wish;
	onChange: (change: Partial<Wish>) => void;
}

export function Filters({ inbox, wish, onChange }: FiltersProps) {
	const { t } = useTranslation();
	const { rows } = inbox;
	return (
		<div className="ra-inbox__filters ra-form">
			<Segments
				label={t('inbox.filter.stage')}
				options={SHOWN.map((value) => ({ value, text: t(`inbox.show.${value || 'all'}`) }))}
				value={SHOWN.find((stage) => stage === wish.stage) ?? ''}
				onChoose={(stage) => onChange({ stage })}
			/>
			<Pick
				label={t('inbox.filter.guild')}
				value={wish.guild}
				options={inbox.guilds}
				onPick={(guild) => onChange({ guild, channel: '' })}
			/>
			<Pick
				label={t('inbox.filter.channel')}
				value={wish.channel}
				options={channelsOf(rows, wish.guild).map(({ id, name }) => ({
					id,
					name: `#${name}`,
				}))}
				onPick={(channel) => onChange({ channel })}
			/>
			<Pick
				label={t('inbox.filter.priority')}
				value={wish.priority}
				options={PRIORITIES.filter((one) =>
					rows.some((row) => String(row.priority) === one),
				).map((id) => ({ id, name: t(`inbox.priority.${id}`) }))}
				onPick={(priority) => onChange({ priority })}
			/>
			<Pick
				label={t('inbox.filter.kind')}
				value={wish.kind}
				options={KINDS.filter((kind) => rows.some((row) => row.kind === kind)).map(
					(id) => ({ id, name: t(`inbox.kind_name.${id}`) }),
				)}
				onPick={(kind) => onChange({ kind })}
			/>
		</div>
	);
}
