"""Contestants of the head: hidden states and a weight in, the loss of chosen tokens' log-probabilities out.

All compute the same loss, GRPO's clipped surrogate at ratio 1 with given advantages, averaged over tokens, less
`entropyWeight` times the mean entropy; a row forward only ends at the log-probabilities.
"""

import torch
from torch.nn import functional as F


TINY = {'batch': 2, 'tokens': 4, 'width': 16, 'vocabulary': 1000}


class Problem:
    """hidden [N, H], weight [V, H], tokens [N], an advantage for each of `batch` sequences of N / batch tokens."""

    def __init__(self, spec):
        generator = torch.Generator().manual_seed(7)
        dtype = getattr(torch, spec['dtype'])
        self.spec = spec
        self.rows = spec['batch'] * spec['tokens']
        self.hidden = torch.randn(self.rows, spec['width'], generator=generator).to(dtype)
        # Logits with a deviation of about 3, as sharp as a language model's.
        weight = torch.randn(spec['vocabulary'], spec['width'], generator=generator)
        self.weight = weight.mul_(3 / spec['width']**0.5).to(dtype)
        self.target = torch.randint(0, spec['vocabulary'], (self.rows,), generator=generator)
        self.advantages = torch.randn(spec['batch'], generator=generator)
        self.backward = spec['mode'] != 'forward'
        self.hidden.requires_grad_(self.backward)
        self.weight.requires_grad_(spec['mode'] == 'full')
        self.leaves = [x for x in (self.hidden, self.weight) if x.requires_grad]
        # Rows of the weight's gradient that are compared: of targets, and some of all.
        spread = torch.arange(0, spec['vocabulary'], spec['vocabulary'] // 192)
        self.sample = torch.cat([self.target[:64], spread]).unique()

    def loss_of(self, logp, entropy):
        ratio = torch.exp(logp - logp.detach())
        advantages = self.advantages.repeat_interleave(self.rows // len(self.advantages))
        loss = -torch.min(ratio * advantages, ratio.clamp(0.8, 1.2) * advantages).mean()
        return loss - self.spec['entropyWeight'] * entropy.mean() if entropy is not None else loss

    def excerpt(self, result):
        """logp, dHidden, dWeight at the sample; None where there is none"""
        logp, (d_hidden, d_weight, *_) = result[0], [*result[1], None, None]
        return logp, d_hidden, d_weight if d_weight is None else d_weight[self.sample].clone()

    def errors(self, excerpts):
        """logp: largest absolute error; hidden and weight: relative Frobenius norm"""
        truth = Truth(self)
        d_hidden, d_weight = truth.gradients() if self.backward else (None, None)
        return [
            {'logp': None if logp is None else (logp.double() - truth.logp).abs().max().item(),
             'hidden': relative(hidden, d_hidden), 'weight': relative(weight, d_weight)}
            for logp, hidden, weight in excerpts
        ]


class Contestant:
    def __init__(self, problem):
        self.problem = problem
        self.entropic = problem.spec['entropyWeight'] != 0

    def outputs(self):
        """-> logp [N], entropy [N] or None"""
        raise NotImplementedError

    def loss(self):
        """-> the loss, and logp where the contestant says it"""
        logp, entropy = self.outputs()
        return self.problem.loss_of(logp, entropy), logp.detach()

    def run(self):
        """-> logp, gradients of the leaves"""
        if not self.problem.backward:
            with torch.no_grad():
                return self.outputs()[0], []
        loss, logp = self.loss()
        return logp, torch.autograd.grad(loss, self.problem.leaves)


class Earsight(Contestant):
    name = 'earsight'

    def outputs(self):
        p = self.problem
        keep = p.spec.get('keepLogits', False)
        logp, _, entropy = torch.ops.earsight.linear_logprob(
            p.hidden, p.weight, p.target, entropy=self.entropic, keep_logits=keep
        )
        return logp, entropy if self.entropic else None


class Eager(Contestant):
    """All logits, a log-softmax in their dtype for bfloat16 (as TRL does), else gather minus logsumexp."""

    name = 'eager'

    def outputs(self):
        p = self.problem
        logits = F.linear(p.hidden, p.weight)
        entropy = None
        if logits.dtype == torch.float32:
            logp = logits.gather(-1, p.target[:, None])[:, 0] - logits.logsumexp(-1)
        else:
            logp = logits.log_softmax(-1).gather(-1, p.target[:, None])[:, 0].float()
        if self.entropic:
            log_all = logits.log_softmax(-1)
            entropy = -(log_all.exp() * log_all).sum(-1).float()
        return logp, entropy


class LinearCrossEntropy(Contestant):
    """torch.nn.functional.linear_cross_entropy, in chunks."""

    name = 'linear_cross_entropy'

    def __init__(self, problem):
        super().__init__(problem)
        if self.entropic:
            raise NotImplementedError('it gives no entropy')
        self.options = torch.nn.LinearCrossEntropyOptions()

    def outputs(self):
        p = self.problem
        loss = F.linear_cross_entropy(p.hidden, p.weight, p.target, reduction='none', options=self.options)
        return -loss.float(), None


class Trl(Contestant):
    """TRL's chunked log-probabilities, the primitive of its fused heads."""

    name = 'trl'

    def __init__(self, problem):
        super().__init__(problem)
        from trl.kernels import ChunkedLogProbFunction

        self.function = ChunkedLogProbFunction

    def outputs(self):
        p = self.problem
        wanted = ('entropy',) if self.entropic else ()
        logp, entropy, *_ = self.function.apply(p.hidden, p.weight, None, p.target, 1.0, 32768, None, 1.0, wanted)
        return logp, entropy


class Liger(Contestant):
    """Liger-Kernel's chunked GRPO loss; its gradients come with the forward pass."""

    name = 'liger'

    def __init__(self, problem):
        super().__init__(problem)
        if self.entropic:
            raise NotImplementedError('it gives no entropy')
        from liger_kernel.chunked_loss import LigerFusedLinearGRPOLoss

        self.function = LigerFusedLinearGRPOLoss(beta=0.0, compiled=False, use_ref_model=False, loss_type='dapo')
        spec = problem.spec
        self.shape = spec['batch'], spec['tokens']
        self.mask = torch.ones(self.shape)

    def loss(self):
        p = self.problem
        hidden, target = p.hidden.view(*self.shape, -1), p.target.view(self.shape)
        return self.function(hidden, p.weight, target, self.mask, p.advantages)[0], None


BY_NAME = {kind.name: kind for kind in (Earsight, Eager, LinearCrossEntropy, Trl, Liger)}


class Truth:
    """The same in float64, the vocabulary in pieces."""

    PIECE = 8192

    def __init__(self, problem):
        self.problem = problem
        h = problem.hidden.detach().double()
        rows = torch.arange(len(h))
        largest, total, moment = torch.full((len(h),), -torch.inf).double(), 0, 0
        target = torch.zeros(len(h), dtype=torch.float64)
        for start, z in self.logits(h):
            here = (problem.target >= start) & (problem.target < start + z.shape[1])
            target[here] = z[rows[here], problem.target[here] - start]
            new = torch.maximum(largest, z.amax(-1))
            e, shrink = torch.exp(z - new[:, None]), torch.exp(largest - new)
            total, moment, largest = total * shrink + e.sum(-1), moment * shrink + (e * z).sum(-1), new
        self.lse = largest + total.log()
        self.entropy = self.lse - moment / total
        self.logp = target - self.lse

    def logits(self, h):
        for start in range(0, len(self.problem.weight), self.PIECE):
            yield start, h @ self.problem.weight.detach()[start:start + self.PIECE].double().T

    def gradients(self):
        """-> dHidden, dWeight at the sample"""
        p = self.problem
        logp, entropy = self.logp.clone().requires_grad_(), self.entropy.clone().requires_grad_()
        loss = p.loss_of(logp, entropy if p.spec['entropyWeight'] != 0 else None)
        pull, push = torch.autograd.grad(loss, (logp, entropy), allow_unused=True)
        push = torch.zeros_like(pull) if push is None else push
        h = p.hidden.detach().double()
        d_hidden, d_weight, rows = torch.zeros_like(h), [], torch.arange(len(h))
        for start, z in self.logits(h):
            d = z - self.lse[:, None]
            dz = -torch.exp(d) * (pull[:, None] + push[:, None] * (d + self.entropy[:, None]))
            here = (p.target >= start) & (p.target < start + z.shape[1])
            dz[rows[here], p.target[here] - start] += pull[here]
            d_hidden += dz @ p.weight.detach()[start:start + self.PIECE].double()
            mine = p.sample[(p.sample >= start) & (p.sample < start + z.shape[1])] - start
            d_weight.append(dz[:, mine].T @ h)
        return d_hidden, torch.cat(d_weight)


def relative(found, wanted):
    return None if found is None else ((found.double() - wanted).norm() / wanted.norm()).item()
