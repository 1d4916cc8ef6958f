/* What became of the last one, and what to do when it could not be posted. */
import { useTranslation } from 'react-i18next';
import type { DigestState, Guild } from '@/api/types';
import { Panel } from '@/components/panel';
import { useFormats } from '@/i18n/use-formats';

const CAUSES = ['forbidden', 'no_channel', 'no_guild', 'refused'] as const;
type Cause = (typeof CAUSES)[number];
type Last = NonNullable<DigestState['last']>;

const isCause = (why: string | null): why is Cause => CAUSES.some((cause) => cause === why);

function Outcome({ last, guild, name }: { last: Last; guild: Guild; name: string }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const time = formats.dateTime(Date.parse(last.finished_at ?? last.due_at), guild.timezone);
	if (last.state === 'sent')
		return <p>{t(last.is_test ? 'digest.last.test' : 'digest.last.sent', { time, name })}</p>;
	if (last.state === 'waiting')
		return (
			<p aria-live="polite">{t(last.why ? 'digest.last.retried' : 'digest.last.waiting')}</p>
		);
	return (
		<div role="alert" className="ra-digest__failed">
			<p>{t('digest.last.failed', { time, name })}</p>
			<p>{t(`digest.cause.${isCause(last.why) ? last.why : 'refused'}`)}</p>
		</div>
	);
}

export function LastPanel({ guild, state }: { guild: Guild; state: DigestState }) {
	const { t } = useTranslation();
	const { last } = state;
	if (!last) return null;
	const channel = state.channels.find((one) => one.id === last.channel_id);
	return (
		<Panel id="digest-last" title={t('digest.last.title')}>
			<Outcome
				last={last}
				guild={guild}
				name={channel ? `#${channel.name}` : t('digest.choice.gone')}
			/>
		</Panel>
	);
}
