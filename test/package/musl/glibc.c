// The functions of glibc that Debian's libstdc++ and libgcc need and that musl lacks.

// 0: there may be other threads, so count references by atomic operations.
char __libc_single_threaded = 0;

// Not found: libgcc then asks dl_iterate_phdr(3), as it does on musl.
int _dl_find_object(void *address, void *result);
int _dl_find_object(void *address, void *result) {
  (void)address;
  (void)result;
  return -1;
}
