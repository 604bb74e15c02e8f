/** How much of a limit is used. It changes its colour from four fifths on. */
export const Progress = ({
  label,
  labelledBy,
  value,
  max,
}: {
  label?: string;
  labelledBy?: string;
  value: number;
  max: number;
}) => (
  <meter
    class="progress"
    min={0}
    max={max}
    low={max * 0.8}
    high={max * 0.999999}
    optimum={0}
    value={Math.min(value, max)}
    aria-label={label}
    aria-labelledby={labelledBy}
  >
    {value} / {max}
  </meter>
);
