"""Contestants of the policy loss: log-probabilities of packed ragged completions in, the loss, its gradient and the
metrics of a step out. Eager is TRL's arithmetic (GRPOTrainer._compute_loss) on the same packed tensors.

A `plain` row is DAPO with the clip ratios and the entropy as metrics; a `full` one adds the bias-corrected KL penalty and
the truncated correction for the sampler, with their metrics.
"""

import torch

EPSILON, EPSILON_HIGH, BETA, CAP = 0.2, 0.28, 0.04, 3.0

TINY = {'tokens': 256, 'longest': 16}


class Problem:
    """About spec['tokens'] tokens in completions of 1 to spec['longest'], a group of eight to a prompt."""

    def __init__(self, spec):
        generator = torch.Generator().manual_seed(11)
        lengths = torch.randint(1, spec['longest'] + 1, (4 * spec['tokens'] // spec['longest'],), generator=generator)
        lengths = lengths[lengths.cumsum(0) <= spec['tokens']]
        total = int(lengths.sum())

        def normal(scale):
            return scale * torch.randn(total, generator=generator)

        self.full = spec['full']
        self.logp = -3 * torch.rand(total, generator=generator)
        self.old = self.logp - normal(0.1)
        self.ref = self.logp + normal(0.1)
        self.sampler = self.old + normal(0.05)
        self.entropy = torch.rand(total, generator=generator)
        self.mask = torch.rand(total, generator=generator) > 0.02
        self.advantages = torch.randn(len(lengths), generator=generator)
        self.lengths = lengths
        self.cu_seqlens = torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)])
        # What a trainer that packs has at hand anyway.
        self.sequence = torch.arange(len(lengths)).repeat_interleave(lengths)
        self.logp.requires_grad_()

    def excerpt(self, result):
        loss, gradient, metrics = result
        return loss.detach(), gradient, metrics

    def errors(self, excerpts):
        """loss: relative; gradient: relative Frobenius norm; metrics: largest absolute error"""
        names = ('logp', 'old', 'ref', 'sampler', 'entropy', 'advantages')
        exact = {name: getattr(self, name) for name in names}
        for name, value in exact.items():
            setattr(self, name, value.detach().double())
        self.logp.requires_grad_()
        loss, gradient, metrics = Eager(self).run()
        for name, value in exact.items():
            setattr(self, name, value)
        return [
            {'loss': ((value - loss) / loss).abs().item(), 'gradient': ((grad - gradient).norm() / gradient.norm()).item(),
             'metrics': max(abs(float(theirs) - float(ours)) for theirs, ours in zip(metrics, values))}
            for value, grad, values in excerpts
        ]


class Earsight:
    name = 'earsight'
    SHARED = [2, 3, 4, 5, 6, 1]  # in Eager's order: low mean and least, high mean and greatest, region, entropy
    OF_FULL = [0, 7, 8, 9, 10, 11]

    def __init__(self, problem):
        self.problem = problem
        self.options = {'type': 'dapo', 'epsilon': EPSILON, 'epsilon_high': EPSILON_HIGH}
        self.metrics = torch.tensor(self.SHARED + (self.OF_FULL if problem.full else []))
        if problem.full:
            self.options |= {'beta': BETA, 'importance_correction': 'token_truncate', 'importance_correction_max': CAP}

    def run(self):
        p = self.problem
        ref, sampler = (p.ref, p.sampler) if p.full else (None, None)
        loss, metrics = torch.ops.earsight.policy_loss(p.logp, p.advantages, p.cu_seqlens, p.old, ref, sampler, p.mask, p.entropy,
                                                       **self.options)
        return loss, torch.autograd.grad(loss, p.logp)[0], metrics[self.metrics]


class Eager:
    name = 'eager'

    def __init__(self, problem):
        self.problem = problem

    def run(self):
        p = self.problem
        mask = p.mask.to(p.logp.dtype)
        tokens = mask.sum().clamp(min=1)
        advantages = p.advantages.index_select(0, p.sequence)
        ratio = torch.exp(p.logp - p.old)
        clipped = torch.clamp(ratio, 1 - EPSILON, 1 + EPSILON_HIGH)
        loss = -torch.min(ratio * advantages, clipped * advantages)
        if p.full:
            difference = torch.nan_to_num((p.old - p.sampler) * mask, nan=0.0)
            weight = torch.clamp(torch.exp(difference), max=CAP)
            kl = torch.exp(p.ref - p.logp) - (p.ref - p.logp) - 1
            loss = loss * weight + BETA * (kl * ratio)
        loss = (loss * mask).sum() / tokens
        gradient = torch.autograd.grad(loss, p.logp)[0]
        with torch.no_grad():
            metrics = self.clip_ratios(ratio, advantages, mask, tokens) + [(p.entropy * mask).sum() / tokens]
            if p.full:
                inside = p.mask
                difference, weight = difference[inside].abs(), weight[inside]
                metrics += [(kl * mask).sum() / tokens, difference.mean(), difference.max(), weight.min(), weight.mean(),
                            weight.max()]
        return loss, gradient, metrics

    def clip_ratios(self, ratio, advantages, mask, tokens):
        p = self.problem
        low = (ratio < 1 - EPSILON) & (advantages < 0)
        high = (ratio > 1 + EPSILON_HIGH) & (advantages > 0)
        region = low | high

        def of_sequences(x):
            zeros = torch.zeros(len(p.lengths), dtype=mask.dtype)
            return zeros.index_add(0, p.sequence, x * mask) / zeros.index_add(0, p.sequence, mask)

        def mean(x):
            return (x * mask).sum() / tokens

        low, high = low.to(mask.dtype), high.to(mask.dtype)
        least = torch.nan_to_num(of_sequences(low), nan=torch.inf).min()
        greatest = torch.nan_to_num(of_sequences(high), nan=-torch.inf).max()
        return [mean(low), least, mean(high), greatest, mean(region.to(mask.dtype))]


BY_NAME = {kind.name: kind for kind in (Earsight, Eager)}
