/* Why somebody stands before the door again. */
import { CircleAlert, Clock } from 'lucide-react';
import { useTranslation } from 'react-i18next';

const KNOWN = ['denied', 'state', 'discord'] as const;

interface LoginNoticeProps {
	error: string | null;
	hasEnded: boolean;
	hasNext: boolean;
}

export function LoginNotice({ error, hasEnded, hasNext }: LoginNoticeProps) {
	const { t } = useTranslation();
	if (error) {
		const known = KNOWN.find((kind) => kind === error) ?? 'unknown';
		return (
			<p className="ra-notice is-bad" role="alert">
				<CircleAlert size={18} aria-hidden="true" />
				<span>{t(`login_error.${known}`)}</span>
			</p>
		);
	}
	if (!hasEnded && !hasNext) return null;
	return (
		<p className="ra-notice" role="status">
			<Clock size={18} aria-hidden="true" />
			<span>{t(hasEnded ? 'landing.ended' : 'landing.needs_login')}</span>
		</p>
	);
}
