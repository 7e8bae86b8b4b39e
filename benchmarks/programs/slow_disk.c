/* Loaded before the C library (LD_PRELOAD): each sync takes SLOWER nanoseconds longer. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static int slowly(const char *name, int file) {
  int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  struct timespec longer = {0, SLOWER};
  int result = sync(file);
  nanosleep(&longer, 0);
  return result;
}

int fsync(int file) { return slowly("fsync", file); }
int fdatasync(int file) { return slowly("fdatasync", file); }
