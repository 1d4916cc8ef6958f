/* The message as Discord shows it, made of the very texts that are sent (notify_text.c). */
import { Fragment, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { TFunction } from 'i18next';
import { Panel } from '@/components/panel';
import { Segments } from '@/components/segments';
import { useMessageTexts, waitOf } from './message-texts';
import type { PartProps } from './form';
import { stepTimes } from './draft';

type Kind = 'reminder' | 'escalation' | 'storm';
const KINDS: readonly Kind[] = ['reminder', 'escalation', 'storm'];
const MANY_SHOWN = 3;

/** **bold** of Discord's markup, and what stands for a link. */
function marked(text: string): ReactNode {
	return text
		.split('**')
		.map((part, index) =>
			index % 2 ? (
				<strong key={index}>{part}</strong>
			) : (
				<Fragment key={index}>{part}</Fragment>
			),
		);
}

interface MessageProps extends PartProps {
	kind: Kind;
	m: TFunction;
}

function mentionsOf({ state, draft }: PartProps, kind: Kind, m: TFunction): string[] {
	const step = kind === 'escalation' ? draft.escalation[0] : undefined;
	const roles = step?.kind === 'role' ? [step.target_id ?? ''] : draft.roles;
	if (step?.kind === 'on_call' || step?.kind === 'lead') return [`@${m('notices.preview.who')}`];
	const named = roles.map(
		(id) => `@${state.roles.find((one) => one.id === id)?.name ?? m('notices.preview.role')}`,
	);
	return named.length ? named : ['@here'];
}

function lineOf(m: TFunction, kind: Kind, props: PartProps): string {
	const { draft } = props;
	const seconds = kind === 'escalation' ? (stepTimes(draft)[0] ?? draft.delay_s) : draft.delay_s;
	const wait = waitOf(m, Number.isFinite(seconds) ? seconds : 600);
	const link = kind === 'storm' ? '' : 'https://discord.com/channels/…';
	if (kind === 'storm')
		return m('notices.storm', {
			wait,
			requests: m('notices.requests', { count: draft.storm }),
		});
	return kind === 'escalation'
		? m('notices.escalation', { wait, link, step: 1 })
		: m('notices.reminder', { wait, link });
}

function StormLines({ m, draft }: MessageProps) {
	const rest = Math.max(0, draft.storm - MANY_SHOWN);
	return (
		<>
			{Array.from({ length: Math.min(MANY_SHOWN, draft.storm) }, (_, index) => (
				<span key={index}>
					{m('notices.storm_line', {
						link: 'https://discord.com/channels/…',
						wait: waitOf(m, Math.max(60, draft.delay_s - index * 60)),
						who: `@${m('notices.preview.who')}`,
					})}
				</span>
			))}
			{rest > 0 && (
				<span>
					{m('notices.storm_more', { requests: m('notices.requests', { count: rest }) })}
				</span>
			)}
		</>
	);
}

function Message(props: MessageProps) {
	const { t } = useTranslation();
	const { kind, m, state, draft } = props;
	const mentions = mentionsOf(props, kind, m);
	const channel = state.channels[0]?.name ?? 'help';
	const isElsewhere =
		state.target_guild !== null && draft.channel_guild_id === state.target_guild.id;
	const buttons = ['claim', 'resolve', 'not_a_request', 'snooze'] as const;
	return (
		<div className="ra-discord" lang={state.language}>
			<div className="ra-discord__author">
				<strong>Rations</strong>
				<small>{t('notices_page.preview.app')}</small>
			</div>
			<p>
				{mentions.map((one) => (
					<Fragment key={one}>
						<span className="ra-discord__mention">{one}</span>{' '}
					</Fragment>
				))}
				{marked(lineOf(m, kind, props))}
			</p>
			<div className={`ra-discord__embed is-${kind}`}>
				{kind === 'storm' ? (
					<StormLines {...props} />
				) : (
					<>
						<span>
							{m('notices.asks', {
								who: `@${m('notices.preview.who')}`,
								where: `#${channel}`,
								when: m('notices.preview.ago', {
									wait: waitOf(m, draft.delay_s || 600),
								}),
							})}
						</span>
						{state.keeps_excerpts && (
							<blockquote>{m('notices.preview.sample')}</blockquote>
						)}
					</>
				)}
			</div>
			{kind !== 'storm' && (
				<div className="ra-discord__buttons" aria-hidden="true">
					{!isElsewhere &&
						buttons.map((one) => <span key={one}>{m(`notices.button.${one}`)}</span>)}
					<span>{m('notices.button.open')}</span>
				</div>
			)}
		</div>
	);
}

export function Preview(props: PartProps) {
	const { t } = useTranslation();
	const [kind, setKind] = useState<Kind>('reminder');
	const texts = useMessageTexts(props.state.language);
	const kinds = KINDS.filter((one) => one !== 'escalation' || props.draft.escalation.length > 0);
	const shown = kinds.includes(kind) ? kind : 'reminder';
	return (
		<Panel
			id="preview"
			title={t('notices_page.preview.title')}
			controls={
				<Segments<Kind>
					label={t('notices_page.preview.kind')}
					options={kinds.map((value) => ({
						value,
						text: t(`notices_page.preview.${value}`),
					}))}
					value={shown}
					onChoose={setKind}
				/>
			}
		>
			{texts.data && <Message {...props} kind={shown} m={texts.data} />}
			<p className="ra-rules__help">
				{t('notices_page.preview.language')}
				{!props.state.keeps_excerpts && ` ${t('notices_page.preview.no_excerpt')}`}
			</p>
		</Panel>
	);
}
