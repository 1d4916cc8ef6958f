/* Everything that is wrong with what was typed, not only the first of it. */
import { ApiError } from '@/api/client';
import { ProblemNotice } from '@/components/problem-notice';

export function Mistakes({ error }: { error: Error }) {
	const mistakes = error instanceof ApiError ? (error.problem?.errors ?? []) : [];
	return (
		<>
			<ProblemNotice error={error} />
			{mistakes.length > 1 && (
				<ul className="ra-desk__mistakes">
					{mistakes.slice(1).map((mistake) => (
						<li key={mistake}>{mistake}</li>
					))}
				</ul>
			)}
		</>
	);
}
