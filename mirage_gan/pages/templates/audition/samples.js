// What a page holds as text: bytes, and the samples of all sounds.

/** Return bytes of a text in base64. */
export function decodeBase64(text) {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

/** Return the samples of a text that `pages/audition_page.py` packed: deflated differences, in base64. */
export async function unpackSamples(text) {
  const unpacked = new Blob([decodeBase64(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const samples = new Uint8Array(await new Response(unpacked).arrayBuffer());
  for (let i = 1; i < samples.length; i++) samples[i] += samples[i - 1]; // modulo 256, as such an array keeps it
  return samples;
}
