// Functions that the addon calls only if a call of Node-API fails. In a separate file, because
// host.c includes their real types.
#include <stdio.h>
#include <stdlib.h>

#define NEVER(name)                       \
  void name(void) {                       \
    fputs(#name " was called\n", stderr); \
    exit(1);                              \
  }

NEVER(napi_create_error)
NEVER(napi_create_reference)
NEVER(napi_create_type_error)
NEVER(napi_define_properties)
NEVER(napi_delete_reference)
NEVER(napi_fatal_error)
NEVER(napi_get_and_clear_last_exception)
NEVER(napi_get_last_error_info)
NEVER(napi_get_property)
NEVER(napi_get_reference_value)
NEVER(napi_has_property)
NEVER(napi_throw)
