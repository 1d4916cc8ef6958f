/* What went wrong, in words that help, and a way to try again. */
import { RotateCw, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/client';

const KNOWN = [400, 403, 404, 429] as const;

export function problemKind(
	error: Error,
): 'offline' | 'server' | 'unknown' | (typeof KNOWN)[number] {
	if (!(error instanceof ApiError)) return 'unknown';
	if (error.status === 0) return 'offline';
	if (error.status >= 500) return 'server';
	return KNOWN.find((status) => status === error.status) ?? 'unknown';
}

interface ProblemNoticeProps {
	error: Error;
	onRetry?: (() => void) | undefined;
}

export function ProblemNotice({ error, onRetry }: ProblemNoticeProps) {
	const { t } = useTranslation();
	const detail =
		error instanceof ApiError ? (error.problem?.detail ?? error.problem?.title) : error.message;
	return (
		<div className="ra-problem" role="alert">
			<TriangleAlert size={20} aria-hidden="true" />
			<div>
				<p>{t(`problem.${problemKind(error)}`)}</p>
				{detail && <p className="ra-problem__detail">{detail}</p>}
				{onRetry && (
					<button type="button" className="ra-button" onClick={onRetry}>
						<RotateCw size={14} aria-hidden="true" />
						{t('common.retry')}
					</button>
				)}
			</div>
		</div>
	);
}
