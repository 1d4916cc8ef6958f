import { useQueryClient } from '@tanstack/react-query';
import { buildUrl, send } from './client';

/** Ends the session and forgets everything that was fetched with it. */
export function useLogOut(csrfToken: string): () => Promise<void> {
	const queries = useQueryClient();
	return async () => {
		await send('POST', buildUrl('/logout'), csrfToken);
		queries.setQueryData(['me'], null);
		queries.removeQueries({
			predicate: ({ queryKey: [first] }) => first !== 'me' && first !== 'instance',
		});
	};
}
