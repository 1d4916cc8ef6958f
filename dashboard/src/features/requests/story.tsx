/* What happened to one request, from the question to the end. */
import { ExternalLink } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild, HelpRequest, RequestStory } from '@/api/types';
import { Dialog } from '@/components/dialog';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { useStory } from './use-requests';
import { waitText } from './wait';

type Notice = 'reminder' | 'escalation' | 'storm';
type Delivery = 'waiting' | 'sent' | 'failed' | 'dropped';
type Command = 'claim' | 'unclaim' | 'resolve' | 'reopen' | 'not_a_request' | 'snooze';
type Answer = 'reply' | 'thread' | 'reaction' | 'claim';
type Event = RequestStory['events'][number];

/* What is said of it besides its name: how it was answered, which notice and what became of it. */
function useDetail() {
	const { t } = useTranslation();
	return ({ kind, what }: Event): string => {
		if (!what) return '';
		if (kind === 'answered' || kind === 'answered_again')
			return t(`requests.answer.${what as Answer}`);
		if (kind === 'asked') return t(`requests.kind.${what as HelpRequest['kind']}`);
		if (kind === 'closed') return t(`requests.state.${what as HelpRequest['state']}`);
		const [first = '', second = ''] = what.split(' ');
		if (kind === 'notice')
			return `${t(`requests.notice.${first as Notice}`)}, ${t(`requests.delivery.${second as Delivery}`)}`;
		const command = t(`requests.command.${first as Command}`);
		return second === 'done' ? command : `${command} (${second})`;
	};
}

function Events({ guild, story }: { guild: Guild; story: RequestStory }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const detail = useDetail();
	const askedMs = Date.parse(story.request.asked_at);
	return (
		<ol className="ra-story">
			{story.events.map((event) => {
				const atMs = Date.parse(event.at);
				return (
					<li key={`${event.kind} ${event.at}`} className={`is-${event.kind}`}>
						<strong>{t(`requests.event.${event.kind}`)}</strong>{' '}
						{event.member && (
							<bdi>{event.member.name || t('lists.unknown_member')}</bdi>
						)}
						<span>
							{[
								formats.dateTime(atMs, guild.timezone),
								atMs > askedMs &&
									t('requests.story.after', {
										wait: waitText(atMs - askedMs, formats),
									}),
								detail(event),
							]
								.filter(Boolean)
								.join(' · ')}
						</span>
					</li>
				);
			})}
		</ol>
	);
}

export function StoryDialog({
	guild,
	id,
	onClose,
}: {
	guild: Guild;
	id: string;
	onClose: () => void;
}) {
	const { t } = useTranslation();
	const formats = useFormats();
	const query = useStory(guild.id, id);
	const story = query.data;
	return (
		<Dialog title={t('requests.story.title')} onClose={onClose}>
			{!story && !query.error && <Skeleton height={160} />}
			{query.error && <ProblemNotice error={query.error} />}
			{story && (
				<>
					<p className="ra-story__head">
						<span className={`ra-state is-${story.request.state}`}>
							{t(`requests.state.${story.request.state}`)}
						</span>
						<bdi>{story.request.channel.name}</bdi>
						{story.request.target_s !== null && (
							<span>
								{t('requests.story.target', {
									wait: waitText(story.request.target_s * 1000, formats),
								})}
							</span>
						)}
						{story.request.is_imported && <span>{t('requests.list.imported')}</span>}
						{story.request.url && (
							<a href={story.request.url} target="_blank" rel="noreferrer">
								{t('requests.list.jump')}{' '}
								<ExternalLink size={14} aria-hidden="true" />
							</a>
						)}
					</p>
					{story.request.excerpt && <blockquote>{story.request.excerpt}</blockquote>}
					<Events guild={guild} story={story} />
				</>
			)}
		</Dialog>
	);
}
