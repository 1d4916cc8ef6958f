/* Try it: a message that mentions nobody, and whether it arrived. */
import { Send } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { ProblemNotice } from '@/components/problem-notice';
import { useFormats } from '@/i18n/use-formats';
import { whyText } from './why';
import { useLastTest, useSendTest } from './use-notices';

function Outcome({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { data: last } = useLastTest(guild.id, true);
	if (last?.state === 'sent')
		return (
			<span>
				{t('notices_page.test.sent', {
					time: formats.time(Date.parse(last.finished_at ?? ''), guild.timezone),
				})}{' '}
				{last.message_url && (
					<a href={last.message_url} target="_blank" rel="noreferrer">
						{t('notices_page.test.open')}
					</a>
				)}
			</span>
		);
	if (last?.why)
		return <span>{t('notices_page.test.failed', { why: whyText(t, last.why) })}</span>;
	return <span>{t('notices_page.test.waiting')}</span>;
}

interface TestBarProps {
	guild: Guild;
	csrf: string;
	isDirty: boolean;
	hasChannel: boolean;
}

export function TestBar({ guild, csrf, isDirty, hasChannel }: TestBarProps) {
	const { t } = useTranslation();
	const test = useSendTest(guild.id, csrf);
	return (
		<div className="ra-notices__test">
			<button
				type="button"
				className="ra-button"
				disabled={isDirty || !hasChannel || test.isPending}
				onClick={() => test.mutate()}
			>
				<Send size={16} aria-hidden="true" />
				{t(test.isPending ? 'notices_page.test.sending' : 'notices_page.test.send')}
			</button>
			<div role="status">
				{isDirty && t('notices_page.test.save_first')}
				{!isDirty && !test.isSuccess && t('notices_page.test.help')}
				{!isDirty && test.data === false && t('notices_page.test.later')}
				{!isDirty && test.data === true && <Outcome key={test.submittedAt} guild={guild} />}
			</div>
			{test.error && <ProblemNotice error={test.error} />}
		</div>
	);
}
