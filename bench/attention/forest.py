"""A benchmark row's node table and its dense mask, for the other contestants and the float64 reference."""

import torch


class Forest:
    def __init__(self, rows, modality):
        """rows: [q0, q1, k0, k1, parent, causal, gate byte]; modality: list of bytes a key, or None."""
        self.rows = rows
        self.tq = max(row[1] for row in rows)
        self.tk = max(row[3] for row in rows)
        self.modality = None if modality is None else torch.tensor(modality, dtype=torch.uint8)

    def table(self):
        """int64 [nodes, 8] as earsight's operators take it: no window, one gate byte for all query modalities."""
        words = torch.tensor(self.rows, dtype=torch.int64)
        windows = torch.full((len(self.rows), 1), -1)
        gates = words[:, 6:].to(torch.uint8).expand(-1, 8).contiguous().view(torch.int64)
        return torch.cat([words[:, :6], windows, gates], 1)

    def path(self, node):
        """Indices from the root to the node."""
        path = [node]
        while self.rows[path[0]][4] >= 0:
            path.insert(0, self.rows[path[0]][4])
        return path

    def leaves(self):
        parents = {row[4] for row in self.rows}
        return [node for node in range(len(self.rows)) if node not in parents]

    def queries(self, node):
        return torch.arange(*self.rows[node][0:2])

    def keys(self, node):
        """Rows of k along the path."""
        return torch.cat([torch.arange(*self.rows[above][2:4]) for above in self.path(node)])

    def visible(self, node):
        """bool [queries, keys along the path]."""
        q0, q1, k0, k1, _, causal, gate = self.rows[node]
        keys = self.keys(node)
        seen = torch.ones(q1 - q0, len(keys), dtype=torch.bool)
        if causal:
            seen = seen.tril(len(keys) - (q1 - q0))  # the last query has the position of the last key
        if self.modality is not None:
            seen = seen & (gate >> self.modality[keys].long() & 1).bool()
        return seen

    def dense_mask(self):
        """bool [tq, tk]."""
        mask = torch.zeros(self.tq, self.tk, dtype=torch.bool)
        for node in range(len(self.rows)):
            mask[self.queries(node)[:, None], self.keys(node)] = self.visible(node)
        return mask
