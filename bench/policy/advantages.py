"""Contestants of group advantages: rewards of spec['groups'] groups of spec['size'] in, standardised rewards out, with NaN
for what was not scored. Eager is TRL's arithmetic (sum_then_normalize, scale_rewards "group")."""

import torch

TINY = {'groups': 4}


class Problem:
    def __init__(self, spec):
        generator = torch.Generator().manual_seed(13)
        groups, self.size = spec['groups'], spec['size']
        self.rewards = torch.rand(groups * self.size, 2, generator=generator)
        self.rewards[torch.rand(self.rewards.shape, generator=generator) < 0.02] = torch.nan
        self.weights = torch.tensor([1.0, 0.5])
        self.offsets = torch.arange(0, len(self.rewards) + 1, self.size)

    def excerpt(self, result):
        return result

    def errors(self, excerpts):
        rewards, self.rewards = self.rewards, self.rewards.double()
        exact = Eager(self).run()
        self.rewards = rewards
        return [{'advantages': (found - exact).abs().max().item()} for found in excerpts]


class Earsight:
    name = 'earsight'

    def __init__(self, problem):
        self.problem = problem

    def run(self):
        p = self.problem
        return torch.ops.earsight.group_advantage(p.rewards, p.offsets, weights=p.weights)


class Eager:
    name = 'eager'

    def __init__(self, problem):
        self.problem = problem

    def run(self):
        p = self.problem
        unscored = torch.isnan(p.rewards).all(dim=1)
        rewards = (p.rewards * p.weights.to(p.rewards.dtype).unsqueeze(0)).nansum(dim=1)
        rewards[unscored] = torch.nan
        grouped = rewards.view(-1, p.size)
        mean = torch.nanmean(grouped, dim=1).repeat_interleave(p.size, dim=0)
        std = self.deviation(grouped).repeat_interleave(p.size, dim=0)
        return torch.nan_to_num((rewards - mean) / (std + 1e-4), nan=0.0)

    @staticmethod
    def deviation(grouped):
        """With Bessel's correction, NaN left out."""
        centred = grouped - torch.nanmean(grouped, dim=1, keepdim=True)
        count = (~torch.isnan(grouped)).sum(dim=1)
        return torch.sqrt(centred.square().nansum(dim=1) / (count - 1))


BY_NAME = {kind.name: kind for kind in (Earsight, Eager)}
