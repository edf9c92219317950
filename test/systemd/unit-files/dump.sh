# Appends what it was started with to the file that its first argument names, and ends as the second one says. A shell, since
# more than a hundred of them start at once.
out=$1 how=$2
shift 2
{
  printf '%s\0' "$(pwd -P)" "$SERVICE_RESULT $EXIT_CODE $EXIT_STATUS" "$#" "$@"
  env -0 | grep -z '^T_' | sort -z
  printf 'END\0'
} >>"$out"
case $how in
SIG*) kill -s "${how#SIG}" $$ ;;
stay) exec sleep 1000 ;;
*) exit "$how" ;;
esac
