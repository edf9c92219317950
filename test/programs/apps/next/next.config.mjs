export default {
  output: 'standalone',
  turbopack: { root: import.meta.dirname },
  // It is built once.
  experimental: { turbopackFileSystemCacheForBuild: false },
};
