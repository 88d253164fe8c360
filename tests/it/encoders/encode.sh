printf '%q\0' "$VALUE"
printf '%s\0' "${VALUE@Q}"
LC_ALL=C
printf '%q\0' "$VALUE"
once=$(printf '%q' "$VALUE")
printf '%q\0' "$once"
