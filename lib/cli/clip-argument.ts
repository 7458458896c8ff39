/** A clip that the command line names: sound alone, or pictures with their sound. */

/** Names of files that hold sound alone, and of others that hold pictures too. */
const soundFile = /\.(wav|mp3|m4a|aac|flac|ogg|opus)$/i;
const videoFile = /\.(mp4|m4v|mkv|webm|mov|avi|mpg|mpeg)$/i;

export const isSound = (file: string): boolean => soundFile.test(file);
export const isClip = (file: string): boolean => isSound(file) || videoFile.test(file);
