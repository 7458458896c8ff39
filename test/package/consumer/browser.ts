// A program with the types of a browser beside Node's: what earsight gives out fits them.

import { torch } from 'earsight';

export async function asBlob(tensor: torch.Tensor): Promise<Blob> {
  return new Blob([await tensor.data()], { type: 'application/octet-stream' });
}

export async function asResponse(tensor: torch.Tensor): Promise<Response> {
  return new Response(await tensor.data());
}

export async function fromResponse(response: Response): Promise<torch.Tensor> {
  const bytes = await response.arrayBuffer();
  return torch.fromBuffer(new Float32Array(bytes), [bytes.byteLength / 4], 'float32');
}
