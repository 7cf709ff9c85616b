/** The version of this client, which is the version of the project. */
export const VERSION = "0.1.0";
