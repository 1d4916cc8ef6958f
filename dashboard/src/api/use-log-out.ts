import { useMutation, useQueryClient } from '@tanstack/react-query';
import { send } from './client';

export function useLogOut(csrfToken: string) {
	const queries = useQueryClient();
	return useMutation({
		mutationFn: () => send('POST', '/logout', csrfToken),
		onSuccess: () => {
			queries.clear();
			queries.setQueryData(['me'], null);
		},
	});
}
